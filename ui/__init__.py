"""Every way in: the command line and the web page."""
