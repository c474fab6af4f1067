// Command target-azuresqldw reads Singer messages and keeps the tables of an Azure SQL Data Warehouse (Azure Synapse dedicated SQL pool) up to
// date with them.
package main

import (
	"context"
	"os"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/target"
)

func main() { os.Exit(target.Main(context.Background(), program.OS())) }
