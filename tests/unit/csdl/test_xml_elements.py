from odata_service.csdl.xml_elements import printed, root, sub


def test_a_document_has_a_line_for_each_element() -> None:
    document = root("4.0")
    schema = sub(sub(document, "DataServices"), "Schema", Namespace="a", Alias=None)
    sub(schema, "Annotation", Term="a.b").text = ""
    sub(sub(schema, "ComplexType", Name="c"), "Property", Name="d")
    assert printed(document).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">\n'
        "  <edmx:DataServices>\n"
        '    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="a">\n'
        '      <Annotation Term="a.b"></Annotation>\n'
        '      <ComplexType Name="c">\n'
        '        <Property Name="d"/>\n'
        "      </ComplexType>\n"
        "    </Schema>\n"
        "  </edmx:DataServices>\n"
        "</edmx:Edmx>\n"
    )


def test_marks_and_blanks_are_escaped_where_a_reader_would_lose_them() -> None:
    document = root("4.0")
    child = sub(document, "Include", Namespace="<&>\"'\t\n\r\u00e9")
    sub(child, "IncludeAnnotations").text = "<&>\"'\t\n\r\u00e9"
    text = printed(document).decode()
    assert 'Namespace="&lt;&amp;&gt;&quot;\'&#9;&#10;&#13;\u00e9"' in text
    assert "<edmx:IncludeAnnotations>&lt;&amp;&gt;\"'\t\n&#13;\u00e9</edmx:IncludeAnnotations>" in text


def test_what_xml_cannot_hold_is_replaced() -> None:
    document = root("4.0")
    sub(document, "Include", Namespace="a\x00b\x0bc\ufffe\ud800")
    assert 'Namespace="a\ufffdb\ufffdc\ufffd\ufffd"' in printed(document).decode()


def test_annotations_outside_of_a_schema_have_a_prefix_of_their_own() -> None:
    document = root("4.0")
    sub(sub(sub(document, "Reference", Uri="u"), "Annotation", Term="a.b"), "String").text = "c"
    assert (
        '    <ns0:Annotation xmlns:ns0="http://docs.oasis-open.org/odata/ns/edm" Term="a.b">\n'
        "      <ns0:String>c</ns0:String>\n"
        "    </ns0:Annotation>\n"
    ) in printed(document).decode()
