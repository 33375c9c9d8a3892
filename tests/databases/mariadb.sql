CREATE TABLE people (
    person_id INT AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(40) NOT NULL COMMENT 'as on the passport',
    born DATE,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    feels ENUM('sad', 'ok', 'it''s fine') DEFAULT 'ok',
    vip VARCHAR(3) CHECK (vip IN ('yes', 'no')),
    balance DECIMAL(12, 3) NOT NULL DEFAULT 0,
    token UUID DEFAULT (UUID()),
    since TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    seen DATETIME(6),
    patience TIME,
    photo VARBINARY(16),
    steps BIGINT UNSIGNED,
    shout VARCHAR(40) AS (UPPER(name)) STORED,
    parent_id INT,
    FOREIGN KEY (parent_id) REFERENCES people (person_id) ON DELETE SET NULL
) COMMENT 'Everybody';
CREATE TABLE hobbies (hobby_id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(20) NOT NULL UNIQUE);
CREATE TABLE people_hobbies (
    person_id INT NOT NULL,
    hobby_id INT NOT NULL,
    PRIMARY KEY (person_id, hobby_id),
    FOREIGN KEY (person_id) REFERENCES people (person_id) ON DELETE CASCADE,
    FOREIGN KEY (hobby_id) REFERENCES hobbies (hobby_id)
);
CREATE TABLE `Order Details` (order_no INT, line_no INT, qty FLOAT, PRIMARY KEY (order_no, line_no));
CREATE TABLE returns (
    id INT PRIMARY KEY,
    order_no INT NOT NULL,
    line_no INT NOT NULL,
    FOREIGN KEY (order_no, line_no) REFERENCES `Order Details` (order_no, line_no) ON DELETE CASCADE
);
CREATE TABLE log (at TIMESTAMP NULL, line TEXT);
CREATE VIEW adults AS SELECT person_id, name FROM people WHERE born < '2000-01-01';
INSERT INTO people (name, born, since, seen, patience, photo, steps, parent_id) VALUES
    ('Ada', '1970-05-06', '2020-01-01 00:00:00', '2020-01-01 12:00:00.5', '26:00:00', x'0102', 18446744073709551615, NULL),
    ('Bo', '2001-02-03', '2020-01-02 00:00:00', NULL, NULL, NULL, NULL, 1);
INSERT INTO hobbies (title) VALUES ('chess'), ('rowing');
INSERT INTO people_hobbies VALUES (1, 1), (1, 2), (2, 2);
INSERT INTO `Order Details` VALUES (1, 1, 2.5), (1, 2, 1);
INSERT INTO returns VALUES (7, 1, 2);
INSERT INTO log VALUES ('2024-01-02 03:04:05', 'one'), (NULL, 'two');
