"""One file per compression method: the façade of crates/codecs.

Every `decode` takes a layer that begins with the compressed stream and the budget that bounds it,
and answers with one `Decoded`: what came out, how many bytes of the source were the stream, and how
it ended. Damage is never an exception; what was decoded before it stays.
"""
