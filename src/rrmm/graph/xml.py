"""XML of the engine, made what a parser of XML reads."""

from __future__ import annotations

import re
from xml.parsers.expat import ExpatError, ParserCreate

from rrmm.errors import FormError

NOT_IN_XML = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")  # in UTF-8


def check_xml(content: bytes) -> bytes:
    r"""Return XML of the engine with carriage returns as references, which a parser would read as ends of a line.

    Raises FormError for a character that XML 1.0 has not (https://www.w3.org/TR/xml/#charsets), and for a property
    whose IRI does not end in a name, which RDF/XML cannot write (https://www.w3.org/TR/rdf-syntax-grammar/).

    >>> check_xml(b"<a>\r\n</a>")
    b'<a>&#13;\n</a>'
    """
    if match := NOT_IN_XML.search(content):
        code = f"U+{ord(match[0].decode()):04X}"
        raise FormError(f"The answer holds {code}, a character that XML does not have. Ask for a form that is no XML.")
    content = content.replace(b"\r", b"&#13;")
    try:
        ParserCreate(namespace_separator=" ").Parse(content, True)
    except ExpatError:
        raise FormError(
            "The answer has a property whose IRI does not end in a name of XML. Ask for a form that is no XML."
        ) from None
    return content
