package synapse

import (
	"fmt"
	"strings"

	"intercomdw/singer/secret"
)

// The kinds of identity COPY INTO takes a secret with.
const (
	AccountKey      = "Storage Account Key"
	SharedSignature = "Shared Access Signature"
)

// Credential is what the pool shows to the storage account. The zero value is
// no credential: a public container, or the login's own identity.
type Credential struct {
	Identity string // AccountKey or SharedSignature
	Secret   secret.String
}

// Copy is a load of files into a table.
type Copy struct {
	Table      Name
	Columns    []string // of the file, in its order
	URLs       []string // all of one container; their names end in .gz
	Credential Credential
}

// CopyInto loads gzip files of CSV: fields between commas, strings in double
// quotes, rows ended by a line feed alone, no header. The row terminator has to
// be written 0x0A: the pool takes '\n' for CR LF. Nothing is tolerated
// (MAXERRORS 0): a row that does not fit its table fails the load. After a
// failure whose extent is unknown the table is emptied before the load is
// repeated, so the table has to be a staging table.
func CopyInto(c Copy) Statement {
	render := func(key string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "COPY INTO %s (", c.Table)
		for i, name := range c.Columns {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %d", Quote(name), i+1)
		}
		b.WriteString(")\nFROM ")
		for i, url := range c.URLs {
			if i > 0 {
				b.WriteString(",\n  ")
			}
			b.WriteString(plainLiteral(url))
		}
		b.WriteString("\nWITH (FILE_TYPE = 'CSV'")
		if c.Credential.Identity != "" {
			fmt.Fprintf(&b, ", CREDENTIAL = (IDENTITY = %s, SECRET = %s)", plainLiteral(c.Credential.Identity), plainLiteral(key))
		}
		b.WriteString(", COMPRESSION = 'GZIP', FIELDQUOTE = '\"', FIELDTERMINATOR = ',', ROWTERMINATOR = '0x0A'," +
			" ENCODING = 'UTF8', DATEFORMAT = 'ymd', FIRSTROW = 1, MAXERRORS = 0, IDENTITY_INSERT = 'OFF')")
		return b.String()
	}
	return Statement{
		op: "copy into", object: c.Table.String(),
		text:   secret.New(render(c.Credential.Secret.Reveal())),
		masked: render(c.Credential.Secret.String()),
		// the load before may still be under way on a lost connection;
		// TRUNCATE waits for its locks.
		reset:    "TRUNCATE TABLE " + c.Table.String(),
		labelled: true,
	}
}
