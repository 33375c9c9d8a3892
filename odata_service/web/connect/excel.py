"""An entity set in, an `.odc` file out, with which Excel 2016 and later load it by a query of Power Query.

An HTML page holds XML, that holds a mashup document as text, that holds a query in M, that holds names and the URL as
texts: what stands inside is escaped for each of these layers in turn.
"""

import re
from html import escape

from msgspec import Struct

_M_SPECIAL = re.compile(r'["\x00-\x1f\x7f>]|#(?=\()')
_M_ESCAPES = {'"': '""', "#": "#(#)"}

_MASHUP = (
    '<Mashup xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns="http://schemas.microsoft.com/DataMashup">'
    "<Client>EXCEL</Client><Version>2.100.0.0</Version><MinVersion>2.21.0.0</MinVersion><Culture>en-US</Culture>"
    '<SafeCombine>true</SafeCombine><Items><Query Name="{name}"><Formula><![CDATA[{formula}]]></Formula>'
    '<IsParameterQuery xsi:nil="true" /><IsDirectQuery xsi:nil="true" /></Query></Items></Mashup>'
)

_PAGE = """\
<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv=Content-Type content="text/x-ms-odc; charset=utf-8">
<meta name=ProgId content=ODC.Database>
<meta name=SourceType content=OLEDB>
<title>Query - {name}</title>
<xml id=docprops><o:DocumentProperties xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns="http://www.w3.org/TR/REC-html40">
<o:Description>{name} of {url}</o:Description>
<o:Name>Query - {name}</o:Name>
</o:DocumentProperties></xml>
<xml id=msodc><odc:OfficeDataConnection xmlns:odc="urn:schemas-microsoft-com:office:odc" \
xmlns="http://www.w3.org/TR/REC-html40">
<odc:PowerQueryConnection odc:Type="OLEDB">
<odc:ConnectionString>Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location={name};\
Extended Properties=&quot;&quot;</odc:ConnectionString>
<odc:CommandType>SQL</odc:CommandType>
<odc:CommandText>SELECT * FROM [{name}]</odc:CommandText>
</odc:PowerQueryConnection>
<odc:PowerQueryMashupData>{mashup}</odc:PowerQueryMashupData>
</odc:OfficeDataConnection></xml>
</head>
</html>
"""


class Query(Struct, frozen=True):
    """An entity set of the service at a URL; one with more columns has properties that its type does not declare."""

    entity_set: str
    service_url: str
    has_more_columns: bool = False


def write_odc(query: Query) -> bytes:
    """The file, in UTF-8: HTML with the query as Office keeps it, and no credentials."""
    name = escape(query.entity_set)
    mashup = _MASHUP.format(name=name, formula=formula_of(query))
    return _PAGE.format(name=name, url=escape(query.service_url), mashup=escape(mashup)).encode()


def formula_of(query: Query) -> str:
    """The query in M; nothing in it ends a CDATA section.

    >>> print(formula_of(Query("Customers", "http://host/")))
    let
        Source = OData.Feed("http://host/", null, [Implementation="2.0"]),
        Data = Source{[Name="Customers",Signature="table"]}[Data]
    in
        Data
    """
    options = '[Implementation="2.0", MoreColumns=true]' if query.has_more_columns else '[Implementation="2.0"]'
    return (
        f"let\n    Source = OData.Feed({_text(query.service_url)}, null, {options}),\n"
        f'    Data = Source{{[Name={_text(query.entity_set)},Signature="table"]}}[Data]\n'
        "in\n    Data"
    )


def _text(value: str) -> str:
    """A text literal of M.

    >>> _text('say "x" #(lf) ]]>')
    '"say ""x"" #(#)(lf) ]]#(003E)"'
    """
    return '"' + _M_SPECIAL.sub(lambda found: _M_ESCAPES.get(found[0]) or f"#({ord(found[0]):04X})", value) + '"'
