"""What may hold a closure back, and what closes without any rule: guard, minimum manning, an issuer's word."""
