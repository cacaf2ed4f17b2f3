"""How fast a call is set up: from the click on Accept to the first picture, in real Chromium, next to pages that do little else."""
