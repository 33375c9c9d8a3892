-- The well-known tables of a food trader, with a few rows of our own.
CREATE TABLE [Categories] (
    [CategoryID] INTEGER PRIMARY KEY AUTOINCREMENT,
    [CategoryName] TEXT,
    [Picture] BLOB
);
CREATE TABLE [CustomerCustomerDemo] (
    [CustomerID] TEXT NOT NULL,
    [CustomerTypeID] TEXT NOT NULL,
    PRIMARY KEY ("CustomerID", "CustomerTypeID"),
    FOREIGN KEY ([CustomerID]) REFERENCES [Customers] ([CustomerID]),
    FOREIGN KEY ([CustomerTypeID]) REFERENCES [CustomerDemographics] ([CustomerTypeID])
);
CREATE TABLE [CustomerDemographics] (
    [CustomerTypeID] TEXT NOT NULL,
    [CustomerDesc] TEXT,
    PRIMARY KEY ("CustomerTypeID")
);
CREATE TABLE [Customers] (
    [CustomerID] NCHAR(5) NOT NULL, -- five letters of the company's name
    [CompanyName] NVARCHAR(40),
    [City] NVARCHAR(15),
    PRIMARY KEY (`CustomerID`)
);
CREATE TABLE [Employees] (
    [EmployeeID] INTEGER PRIMARY KEY AUTOINCREMENT,
    [LastName] TEXT,
    [BirthDate] DATE,
    [Photo] BLOB,
    [ReportsTo] INTEGER,
    FOREIGN KEY ([ReportsTo]) REFERENCES [Employees] ([EmployeeID])
);
CREATE TABLE [EmployeeTerritories] (
    [EmployeeID] INTEGER NOT NULL,
    [TerritoryID] TEXT NOT NULL,
    PRIMARY KEY ("EmployeeID", "TerritoryID"),
    FOREIGN KEY ([EmployeeID]) REFERENCES [Employees] ([EmployeeID]),
    FOREIGN KEY ([TerritoryID]) REFERENCES [Territories] ([TerritoryID])
);
CREATE TABLE [Order Details] (
    [OrderID] INTEGER NOT NULL,
    [ProductID] INTEGER NOT NULL,
    [UnitPrice] NUMERIC NOT NULL DEFAULT 0,
    [Quantity] INTEGER NOT NULL DEFAULT 1 CHECK ([Quantity] > 0),
    [Discount] REAL NOT NULL DEFAULT 0 CHECK ([Discount] >= (0) AND [Discount] <= (1)),
    PRIMARY KEY ("OrderID", "ProductID"),
    FOREIGN KEY ([OrderID]) REFERENCES [Orders] ([OrderID]) ON DELETE CASCADE,
    FOREIGN KEY ([ProductID]) REFERENCES [Products] ([ProductID])
);
CREATE TABLE [Orders] (
    [OrderID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [CustomerID] TEXT,
    [EmployeeID] INTEGER,
    [OrderDate] DATETIME,
    [ShipVia] INTEGER,
    [Freight] NUMERIC DEFAULT 0,
    FOREIGN KEY ([EmployeeID]) REFERENCES [Employees] ([EmployeeID]),
    FOREIGN KEY ([CustomerID]) REFERENCES [Customers] ([CustomerID]),
    FOREIGN KEY ([ShipVia]) REFERENCES [Shippers] ([ShipperID])
);
CREATE TABLE [Products] (
    [ProductID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [ProductName] TEXT NOT NULL,
    [CategoryID] INTEGER,
    [UnitPrice] NUMERIC DEFAULT 0,
    [UnitsInStock] INTEGER DEFAULT 0,
    [Discontinued] TEXT NOT NULL DEFAULT '0',
    FOREIGN KEY ([CategoryID]) REFERENCES [Categories] ([CategoryID])
);
CREATE TABLE [Regions] (
    [RegionID] INTEGER NOT NULL PRIMARY KEY,
    [RegionDescription] TEXT NOT NULL
);
CREATE TABLE [Shippers] (
    [ShipperID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [CompanyName] TEXT NOT NULL
);
CREATE TABLE [Territories] (
    [TerritoryID] TEXT NOT NULL,
    [TerritoryDescription] TEXT NOT NULL,
    [RegionID] INTEGER NOT NULL,
    PRIMARY KEY ("TerritoryID"),
    FOREIGN KEY ([RegionID]) REFERENCES [Regions] ([RegionID])
);
CREATE VIEW [Alphabetical list of products] AS
    SELECT Products.*, Categories.CategoryName
    FROM Categories INNER JOIN Products ON Categories.CategoryID = Products.CategoryID
    WHERE Products.Discontinued = '0';
CREATE VIEW [Order Subtotals] AS
    SELECT [Order Details].OrderID,
        Sum(([Order Details].UnitPrice * Quantity * (1 - Discount) / 100) * 100) AS Subtotal
    FROM [Order Details] GROUP BY [Order Details].OrderID;

INSERT INTO Categories VALUES (1, 'Beverages', x'47494638'), (2, 'Condiments', NULL);
INSERT INTO Regions VALUES (1, 'Eastern'), (2, 'Western');
INSERT INTO Territories VALUES ('01581', 'Westboro', 1), ('98004', 'Bellevue', 2);
INSERT INTO Customers VALUES ('ALFKI', 'Alfredos Fachhandel', 'Berlin'), ('BOLID', 'Bolido', 'Madrid');
INSERT INTO CustomerDemographics VALUES ('B2B', 'Trade'), ('VIP', 'Known by name');
INSERT INTO CustomerCustomerDemo VALUES ('ALFKI', 'B2B'), ('ALFKI', 'VIP');
INSERT INTO Employees VALUES (1, 'Duval', '1968-12-08', NULL, 2), (2, 'Falk', '1952-02-19', NULL, NULL);
INSERT INTO EmployeeTerritories VALUES (1, '01581'), (2, '01581'), (2, '98004');
INSERT INTO Shippers VALUES (1, 'Speedy Parcels'), (2, 'United Package');
INSERT INTO Products VALUES
    (1, 'Chai', 1, 18, 39, '0'), (2, 'Chang', 1, 19.5, 17, '0'), (3, 'Aniseed Syrup', 2, 10, 13, '1');
INSERT INTO Orders VALUES
    (10248, 'ALFKI', 1, '2016-07-04', 1, 32.38), (10249, 'BOLID', 2, '2016-07-05', 2, 11.61), (10250, NULL, 2, NULL, 2, 0);
INSERT INTO [Order Details] VALUES (10248, 1, 14, 12, 0.0), (10248, 3, 9.8, 10, 0.15), (10249, 2, 18.6, 9, 0.0);
