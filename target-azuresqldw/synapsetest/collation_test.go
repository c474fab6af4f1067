package synapsetest

import (
	"testing"
)

func TestNamesCompareByTheCollationOfThePool(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		collation string
		a, b      string
		one       bool
	}{
		{"", "Id", "id", true},
		{"", "straße", "STRASSE", true},
		{"", "œuvre", "oeuvre", true},
		{"", "id", "i\u200bd", true},
		{"", "id", "i\u00add", true},
		{"", "ｉｄ", "id", true},
		{"", "é", "e", false},
		{"SQL_Latin1_General_CP1_CS_AS", "Id", "id", false},
		{"Latin1_General_100_CI_AI", "é", "e", true},
		{"Latin1_General_100_BIN2", "straße", "strasse", false},
	} {
		s := New(t, Options{Collation: test.collation})
		a, b := "["+test.a+"]", "["+test.b+"]"
		refused := func(number int32, batch string) {
			t.Helper()
			if _, err := s.Query(batch); (numberIn(err) == number) != test.one || !test.one && err != nil {
				t.Errorf("%s: %s: %v; %q and %q are one: %v", test.collation, batch, err, test.a, test.b, test.one)
			}
		}
		refused(2705, "CREATE TABLE dbo.t ("+a+" int, "+b+" int) WITH (HEAP)")
		refused(2714, "CREATE TABLE dbo."+a+" ("+a+" int) WITH (HEAP); CREATE TABLE dbo."+b+" ("+b+" int) WITH (HEAP)")
		refused(2714, "CREATE TABLE "+"[#"+test.a+"] (i int) WITH (HEAP); CREATE TABLE "+"[#"+test.b+"] (i int) WITH (HEAP)")
		refused(2705, "ALTER TABLE dbo."+a+" ADD "+b+" int NULL")
		if test.one {
			wantText(t, s, "SELECT "+b+" FROM dbo."+b+" AS "+a+" WHERE "+b+"."+a+" = 1", "")
		} else if _, err := s.Query("SELECT " + a + "." + a + " FROM dbo." + b); numberIn(err) != 4104 {
			t.Errorf("%s: %q taken for %q: %v", test.collation, test.a, test.b, err)
		}
		r, err := s.Query("SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) AS c")
		if want := test.collation; err != nil || want != "" && r.Text()[0][0] != want {
			t.Errorf("the pool says it has %v, %v, want %s", r, err, want)
		}
	}
	for _, name := range []string{"Latin1_General_100_CI_AS_SC_UTF8", "Latin1_General_100_BIN2_UTF8", "None_CI_AS"} {
		if s, err := Start(Options{Collation: name}); numberIn(err) != 448 {
			s.Close()
			t.Errorf("a pool of %s: %v, want 448", name, err)
		}
	}
}
