"""What tests of the console may ask for beside what every test may."""

from tests.console.browser import chromium, site

__all__ = ["chromium", "site"]
