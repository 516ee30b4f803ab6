"""What is demanded over a period, judged as one timeline each: hours, course, exam, practical, credential, and both."""
