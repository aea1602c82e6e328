-- The library reads ids in the order of their characters, and the database may sort by the rules of a language.
ALTER TABLE environment ALTER COLUMN id TYPE VARCHAR(63) COLLATE "C";
