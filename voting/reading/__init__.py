"""Reading the text layer of PDFs page by page, so that they can be searched."""
