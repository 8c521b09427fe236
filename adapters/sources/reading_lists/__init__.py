"""Reading lists that people hand over: bibliographies, exports of reference managers, lists of links."""
