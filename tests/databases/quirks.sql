-- Tables of people who did not think of OData.
CREATE TABLE log (at TIMESTAMP, line TEXT); -- what happened
CREATE TABLE "2nd try" ("a-b" TEXT PRIMARY KEY, "a b" INTEGER, "A_B" INTEGER) WITHOUT ROWID;
CREATE TABLE people (
    person_id INTEGER PRIMARY KEY, -- counts up
    -- as on the passport
    name VARCHAR(40) NOT NULL,
    born DATE,
    active BOOLEAN NOT NULL DEFAULT 1,
    vip TEXT CHECK (vip IN ('yes', 'no', 'it''s complicated')),
    grade INTEGER CHECK (grade = 1 OR grade = 2),
    token UUID DEFAULT (lower(hex(randomblob(16)))),
    since DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    shown TEXT GENERATED ALWAYS AS (upper(name)) VIRTUAL,
    parent_id INT REFERENCES people ON DELETE SET NULL
);
CREATE TABLE passports (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    number TEXT NOT NULL
);
CREATE TABLE friends (
    person_id INTEGER NOT NULL REFERENCES people,
    friend_id INTEGER NOT NULL REFERENCES people,
    PRIMARY KEY (person_id, friend_id)
);
CREATE TABLE flights (
    code TEXT NOT NULL UNIQUE,
    pilot_id INTEGER REFERENCES people,
    copilot_id INTEGER REFERENCES people,
    plane TEXT COLLATE NOCASE,
    ghost_id INTEGER REFERENCES ghosts
);
CREATE TABLE values_seen (
    id INTEGER PRIMARY KEY,
    unix TIMESTAMP,
    millis DATETIME,
    julian DATETIME,
    iso DATETIME,
    zoned DATETIME,
    day_only DATE,
    moment DATE,
    clock TIME,
    guid_bytes UNIQUEIDENTIFIER,
    guid_upper GUID,
    flag BOOLEAN,
    word BOOL,
    size TINYINT(1),
    lying INTEGER,
    untyped,
    price DECIMAL(12, 4),
    shape CIRCLE
);
CREATE TABLE reals (value REAL PRIMARY KEY);
CREATE TABLE "no""ca%se" ("k.1" TEXT COLLATE NOCASE PRIMARY KEY, "?" DATETIME);
CREATE TABLE vouchers (code UUID PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))), amount NUMERIC NOT NULL);
INSERT INTO vouchers VALUES ('c0ffee0000000000000000000000000a', 5);
CREATE TABLE prices (price NUMERIC PRIMARY KEY DEFAULT (abs(-1.5)), name TEXT);
INSERT INTO prices VALUES (2.25, 'old');
CREATE TABLE holes (code TEXT PRIMARY KEY);
INSERT INTO holes VALUES ('a'), (NULL);
CREATE TABLE lost (id INTEGER);
CREATE VIEW broken AS SELECT * FROM lost;
DROP TABLE lost;
CREATE VIRTUAL TABLE pages USING fts5 (body);
CREATE VIEW adults AS SELECT name, born FROM people WHERE born < '2000-01-01';

INSERT INTO "no""ca%se" VALUES ('Aa', '2024-01-02 03:04:05');
INSERT INTO log VALUES ('2024-01-02 03:04:05', 'one'), ('2024-01-02 03:04:05', 'two'), (NULL, 'three');
INSERT INTO "2nd try" VALUES ('x', 1, 2);
INSERT INTO people (person_id, name, born, vip, grade, token, since, parent_id) VALUES
    (1, 'Ada', '1970-05-06', 'yes', 1, '6f9619ff8b86d011b42d00c04fc964ff', '2020-01-01 00:00:00', NULL),
    (2, 'Bo', '2001-02-03', NULL, NULL, 'c0ffee0000000000000000000000000a', '2020-01-01 00:00:00', 1);
INSERT INTO passports VALUES (1, 'C01X');
INSERT INTO friends VALUES (1, 2);
INSERT INTO flights VALUES ('OD1', 1, 2, 'Piper', NULL);
INSERT INTO values_seen VALUES
    (1, 1230768000, 1230768000500, 2454832.5, '2009-01-01T00:00:00.500', '2009-01-01 01:00:00+01:00', '2009-01-01 00:00:00',
     '2009-01-01 12:30:00', '08:05', x'6f9619ff8b86d011b42d00c04fc964ff', '6F9619FF-8B86-D011-B42D-00C04FC964FF', 0, 'Y', 1,
     'none', 3, 1.25, 'POINT(1 2)'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 'n', 0, 4, 'x', 2, NULL);
