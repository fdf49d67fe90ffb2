-- Parts whose traces were chosen among. What was stored before traces were sampled stays whole.

ALTER TABLE parts ADD COLUMN sampled INTEGER NOT NULL DEFAULT 1;
