"""What the operations of staff.xml do: run by `odata-service serve … --code staff.py`."""

from datetime import date
from decimal import Decimal

from odata_service import Call, Entity, Service


def named(call: Call, Text: str) -> list[Entity]:
    return call.read("Employees", "$filter=contains(Name,@text)&$orderby=ID", text=Text)


def summary(call: Call) -> dict[str, object]:
    return {"Number": len(list(call.entities("Employees")))}


def since(call: Call, Day: date, Flag: bool) -> str:
    return f"{Day} {Flag}"


def close(call: Call) -> None:
    for department in call.entities("Departments"):
        call.update(department)


def raised(call: Call, employee: Entity, By: Decimal) -> Entity:
    return call.update(employee, Salary=employee["Salary"] + By)


def team(call: Call, employee: Entity) -> list[Entity]:
    return call.read("Employees", "$filter=ManagerID eq @manager&$orderby=ID", manager=employee["ID"])


def register(service: Service) -> None:
    """Gives each operation its body."""
    service.function("staff.Named")(named)
    service.function("staff.Summary")(summary)
    service.function("staff.Since")(since)
    service.function("staff.Team")(team)
    service.action("staff.Close")(close)
    service.action("staff.Raise")(raised)
