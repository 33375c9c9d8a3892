"""A report as text for people, or as JSON for programs."""

from collections.abc import Iterator

import orjson

from odata_service.doctor.findings import Finding, Place, Report, Severity
from odata_service.errors import one_line

_ORDER = {severity: place for place, severity in enumerate(Severity)}


def as_text(report: Report) -> str:
    """The report in lines: the worst first."""
    return "\n".join(one_line(line) for line in _lines(report))


def as_json(report: Report) -> bytes:
    """The report as a JSON object."""
    document = {
        "url": report.url,
        "version": report.version,
        "entitySets": report.entity_sets,
        "requests": report.requests,
        "fails": report.fails,
        "findings": [_object(finding) for finding in _sorted(report)],
        "leftOut": report.left_out,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _lines(report: Report) -> Iterator[str]:
    version = f"OData {report.version}" if report.version else "no OData that is known here"
    yield f"{report.url}: {version}; {report.entity_sets} entity sets, {report.requests} requests."
    for finding in _sorted(report):
        yield ""
        yield f"{finding.severity.value}: {', '.join(finding.clients)}: {finding.message}"
        yield f"    at: {_shown(finding.place)}"
        yield f"    why: {finding.why}"
        if finding.hint:
            yield f"    instead: {finding.hint}"
    if report.left_out:
        yield ""
        yield "More of the same: " + ", ".join(f"{code} {count}" for code, count in report.left_out.items()) + "."
    yield ""
    counts = [sum(found.severity is severity for found in report.findings) for severity in Severity]
    yield "Nothing to stumble over." if not any(counts) else _sum(counts)


def _sum(counts: list[int]) -> str:
    words = (("fails", "fail"), ("hinders", "hinder"), ("note", "notes"))
    told = (f"{count} {one if count == 1 else more}" for count, (one, more) in zip(counts, words, strict=True))
    return f"{', '.join(told)}."


def _sorted(report: Report) -> list[Finding[Place]]:
    return sorted(report.findings, key=lambda finding: _ORDER[finding.severity])


def _shown(place: Place) -> str:
    line = f":{place.line}" if place.line is not None else ""
    path = f", {place.path}" if place.path else ""
    text = f": {place.text}" if place.text else ""
    return f"{place.url}{line}{path}{text}"


def _object(finding: Finding[Place]) -> dict[str, object]:
    place = {
        "url": finding.place.url,
        "line": finding.place.line,
        "text": finding.place.text,
        "path": finding.place.path,
    }
    return {
        "severity": finding.severity.value,
        "clients": list(finding.clients),
        "code": finding.code,
        "message": finding.message,
        "why": finding.why,
        "place": {name: value for name, value in place.items() if value},
        **({"instead": finding.hint} if finding.hint else {}),
    }
