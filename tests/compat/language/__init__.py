"""The differential test of the signature language.

`element` knows the pieces of a pattern: how each is written, bytes that fit it, bytes that nearly
do. `case` is a signature with the files made for it, `draw` makes cases from a seed. The modules of
`rows` hold one function per row of the language. `bench` runs both programs and compares.
"""
