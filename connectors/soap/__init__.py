"""Systems that speak SOAP: their WSDL from a pinned copy, messages that are proven, one server over the one client."""
