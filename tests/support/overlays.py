"""A file laid over the graph, as a user writes it."""

OVERLAY = """@prefix mine: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix regimen: <https://w3id.org/rrmm/id/regimen/> .
@prefix rrmm: <https://w3id.org/rrmm/ontology#> .

mine:rule
    a                   rrmm:Guidance ;
    rdfs:label          "My rule"@en ;
    rrmm:appliesTo      rrmm:Frail ;
    rrmm:effect         rrmm:Avoid ;
    rrmm:target         regimen:td ;
    rrmm:modality       rrmm:Should ;
    rrmm:text           "A rule of my own."@en ;
.
"""
