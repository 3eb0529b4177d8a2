"""A wiki in which every mention of every entry's keyword becomes a link, at once and exactly."""
