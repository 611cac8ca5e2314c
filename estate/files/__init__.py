"""Files people bring, such as PDFs, reached through their owner; on disk by what they contain."""
