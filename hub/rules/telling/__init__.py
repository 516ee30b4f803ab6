"""What there is to tell, once per matter and to whom, and when it may be delivered. Nothing is sent here."""
