package synapse

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Engine is what answers at the other end.
type Engine struct {
	Edition   int
	Version   string // @@VERSION
	Collation string // of the database
}

const dedicatedPool = 6 // SERVERPROPERTY('EngineEdition')

// probe asks the engine what it is and refuses all but a dedicated pool.
func (p *Pool) probe(ctx context.Context) (Engine, error) {
	var e Engine
	err := p.query(ctx, p.label("open"), []Statement{engine()}, func() {}, func(_ int, rows *sql.Rows) error {
		var edition sql.NullInt64
		var version, collation sql.NullString
		err := rows.Scan(&edition, &version, &collation)
		e = Engine{Edition: int(edition.Int64), Version: version.String, Collation: collation.String}
		return err
	})
	if err != nil {
		return Engine{}, err
	}
	if e.Edition != dedicatedPool {
		return Engine{}, fmt.Errorf("connect to %s: %s, not a dedicated SQL pool: %s", p.o.Host, e.name(), e.wayOut(p.o.Host))
	}
	return e, nil
}

// name is what an edition is called.
func (e Engine) name() string {
	switch e.Edition {
	case 1, 2, 3, 4, 9:
		return "this is an SQL Server"
	case 5:
		return "this is an Azure SQL Database"
	case 8:
		return "this is an Azure SQL Managed Instance"
	case 11:
		return "this is a serverless SQL pool or a Fabric warehouse"
	case 12:
		return "this is an SQL database in Fabric"
	}
	return fmt.Sprintf("this is engine edition %d (%s)", e.Edition, strings.Join(strings.Fields(e.Version), " "))
}

func (e Engine) wayOut(host string) string {
	switch {
	case strings.Contains(host, "-ondemand."):
		return "the host of the workspace's dedicated pools is " + strings.Replace(host, "-ondemand.", ".", 1)
	case e.Edition == 5:
		return "check the database: on a logical server the name of the dedicated pool is given as the database"
	}
	return "give the host and the name of a dedicated SQL pool (formerly SQL DW)"
}
