-- How many places a notification went to; 0: nobody was told. NULL: it is older than this column.
ALTER TABLE notifications ADD COLUMN places INTEGER;
