package tsql

import (
	"regexp"
	"strconv"
	"strings"
)

// copyInto reads COPY INTO (copy-into-transact-sql.md). The closed lists and
// ranges below are those of Microsoft's own parser, microsoft/SqlScriptDOM,
// CopyIdentifierOrValueOptionsHelper and CopyListOptionsHelper.
func (p *parser) copyInto() Statement {
	p.expect("COPY")
	p.expect("INTO")
	c := &CopyInto{Table: p.object(), FileType: "CSV", FieldQuote: `"`, FirstRow: 1, Encoding: "UTF8"}
	if p.isOp("(") {
		p.at++
		c.Columns = list(p, p.copyColumn)
		p.expectOp(")")
		p.checkCopyColumns(c)
	}
	p.expect("FROM")
	c.Locations = list(p, func() string {
		t := p.tok()
		s := p.stringLiteral()
		if strings.TrimSpace(s) == "" {
			panic(refused(t.pos, "''", "A location cannot be empty."))
		}
		return s
	})
	if p.accept("WITH") {
		p.copyOptions(c)
	}
	c.Label = p.optionClause()
	return c
}

func (p *parser) copyColumn() CopyColumn {
	c := CopyColumn{Pos: p.tok().pos, Name: p.name()}
	if p.accept("DEFAULT") {
		switch t := p.tok(); t.kind {
		case kindString, kindNString, kindInt:
			c.Default = literal(p.next())
		default:
			p.refuse("DEFAULT takes a string or an integer, and not NULL.")
		}
	}
	if t := p.tok(); t.kind == kindInt {
		if c.Field = p.integer(); c.Field < 1 {
			panic(refused(t.pos, t.text, "Field numbers start at 1."))
		}
	}
	return c
}

// checkCopyColumns refuses a column named twice, and a list in which only some
// columns have numbers: the page shows all or none, mixing is our refusal.
func (p *parser) checkCopyColumns(c *CopyInto) {
	seen := map[string]bool{}
	numbered := 0
	for _, col := range c.Columns {
		key := col.Name
		if seen[key] {
			// 264: SQL Server's number for a column named twice in a list.
			panic(Refuse(col.Pos, 264, "The column name '%s' is specified more than once in the column list.", col.Name))
		}
		seen[key] = true
		if col.Field > 0 {
			numbered++
		}
	}
	if numbered > 0 && numbered < len(c.Columns) {
		for _, col := range c.Columns {
			if col.Field == 0 && col.Default == nil {
				panic(refused(col.Pos, col.Name, "Give field numbers to all columns or to none."))
			}
		}
	}
}

func (p *parser) copyOptions(c *CopyInto) {
	p.expectOp("(")
	seen := map[string]bool{}
	for {
		at := p.tok()
		name := p.upperName()
		if seen[name] {
			panic(refused(at.pos, at.text, "An option stands twice."))
		}
		seen[name] = true
		p.expectOp("=")
		p.copyOption(c, name, at)
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	if c.AutoCreateTable && (c.FileType == "CSV" || seen["MAXERRORS"]) {
		panic(refused(c.Table.Pos, "AUTO_CREATE_TABLE", "AUTO_CREATE_TABLE is for Parquet files and goes without MAXERRORS."))
	}
}

func (p *parser) copyOption(c *CopyInto, name string, at token) {
	switch name {
	case "FILE_TYPE":
		c.FileType = p.oneOf("CSV", "PARQUET", "ORC")
	case "FILE_FORMAT":
		p.refuse("External file formats are not part of this model.")
	case "CREDENTIAL":
		c.Credential = p.credential(false)
	case "ERRORFILE":
		c.ErrorFile = p.stringLiteral()
	case "ERRORFILE_CREDENTIAL":
		c.ErrorFileCredential = p.credential(true)
	case "MAXERRORS":
		c.MaxErrors = p.integer()
	case "COMPRESSION":
		c.Compression = p.oneOf("GZIP", "DEFAULTCODEC", "SNAPPY", "NONE")
	case "FIELDQUOTE":
		c.FieldQuote = p.fieldQuote()
	case "FIELDTERMINATOR":
		c.FieldTerminator = p.separator()
	case "ROWTERMINATOR":
		c.RowTerminator = p.separator()
	case "FIRSTROW":
		if c.FirstRow = p.integer(); c.FirstRow < 1 {
			panic(refused(at.pos, at.text, "FIRSTROW starts at 1."))
		}
	case "DATEFORMAT":
		c.DateFormat = strings.ToLower(p.oneOf("MDY", "DMY", "YMD", "YDM", "MYD", "DYM"))
	case "ENCODING":
		c.Encoding = p.oneOf("UTF8", "UTF16")
	case "IDENTITY_INSERT":
		c.IdentityInsert = p.oneOf("ON", "OFF") == "ON"
	case "AUTO_CREATE_TABLE":
		c.AutoCreateTable = p.oneOf("ON", "OFF") == "ON"
	default:
		panic(parseError(at.pos, at.text))
	}
}

// oneOf reads a string out of a closed list and gives it in upper case.
func (p *parser) oneOf(words ...string) string {
	t := p.tok()
	s := strings.ToUpper(p.stringLiteral())
	for _, w := range words {
		if s == w {
			return s
		}
	}
	panic(refused(t.pos, t.text, "Expected one of "+strings.Join(words, ", ")+"."))
}

func (p *parser) credential(errorFile bool) *Credential {
	at := p.tok()
	p.expectOp("(")
	c := &Credential{}
	p.expect("IDENTITY")
	p.expectOp("=")
	c.Identity = p.stringLiteral()
	secret := false
	if p.acceptOp(",") {
		p.expect("SECRET")
		p.expectOp("=")
		t := p.tok()
		c.Secret = p.stringLiteral()
		secret = true
		if c.Secret == "" || len(c.Secret) > 4000 || strings.IndexFunc(c.Secret, func(r rune) bool { return r > 126 || r < 32 }) >= 0 {
			panic(refused(t.pos, "SECRET", "A secret has 1 to 4,000 printable ASCII characters."))
		}
	}
	p.expectOp(")")
	managed := strings.EqualFold(c.Identity, "Managed Identity")
	if secret == managed {
		panic(refused(at.pos, "CREDENTIAL", "All identities but 'Managed Identity' take a SECRET."))
	}
	if errorFile && strings.EqualFold(c.Identity, "Storage Account Key") {
		// copy-into page of 2024-08: not supported for ERRORFILE_CREDENTIAL.
		panic(refused(at.pos, "ERRORFILE_CREDENTIAL", "An account key is not supported here."))
	}
	return c
}

var hexSeparator = regexp.MustCompile(`^0[xX]([0-9a-fA-F]{1,4})+$`)

// fieldQuote reads FIELDQUOTE: nothing, one character, or one character in hex.
func (p *parser) fieldQuote() string {
	t := p.tok()
	s := p.stringLiteral()
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		n, err := strconv.ParseUint(s[2:], 16, 16)
		if err != nil || len(s) > 6 {
			panic(refused(t.pos, s, "FIELDQUOTE is one character."))
		}
		return string(rune(n))
	}
	if units(s) > 1 {
		panic(refused(t.pos, s, "FIELDQUOTE is one character."))
	}
	return s
}

func (p *parser) separator() string {
	t := p.tok()
	s := p.stringLiteral()
	hex := strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X")
	if s == "" || units(s) > 4000 || hex && !hexSeparator.MatchString(s) {
		panic(refused(t.pos, s, "A terminator has 1 to 4,000 characters or is hexadecimal."))
	}
	return s
}
