"""What an operator asks first when something seems wrong: everything is looked at once, nothing is changed."""
