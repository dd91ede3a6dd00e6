"""What lies on the disk and how it differs from the library. Files are opened only to hash them."""
