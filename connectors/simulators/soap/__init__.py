"""Systems that speak SOAP, each with a WSDL of its own: real servers on a loopback port, which can misbehave."""
