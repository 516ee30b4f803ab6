"""Talk with systems that nobody wrote an adapter for: settings say what is asked, a document how it is said."""
