package synapsetest

import (
	"fmt"
	"strings"
	"testing"
)

// columns are n definitions of one type, called c0, c1, …, and as many values.
func columns(n int, typ, value string) (definitions, values string) {
	var d, v []string
	for i := range n {
		d = append(d, fmt.Sprintf("c%d %s NULL", i, typ))
		v = append(v, value)
	}
	return strings.Join(d, ", "), strings.Join(v, ", ")
}

func TestARowTakes8060BytesAndNoMore(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n     int
		typ   string
		value string
		fits  bool
	}{
		{308, "nvarchar(4000)", "REPLICATE(N'x', 500)", true}, // 308 roots of 24 bytes, and what stands around them
		{309, "nvarchar(4000)", "REPLICATE(N'x', 500)", false},
		{309, "nvarchar(max)", "N'a value of more than twelve characters'", false},
		{1000, "nvarchar(100)", "NULL", true},
		{1000, "nvarchar(100)", "N'xx'", true},
		{1000, "nvarchar(100)", "N'xxx'", false},
		{1000, "varchar(100)", "'xxxx'", true},
		{300, "decimal(38,5)", "1.5", true},
		{1000, "bit", "1", true},
	} {
		s := New(t, Options{})
		definitions, values := columns(test.n, test.typ, test.value)
		if _, err := s.Query("CREATE TABLE dbo.t (id int, " + definitions + ") WITH (HEAP)"); err != nil {
			t.Fatal(err)
		}
		_, err := s.Query("INSERT INTO dbo.t SELECT 1, " + values)
		if (err == nil) != test.fits || err != nil && numberIn(err) != 511 {
			t.Errorf("%d %s of %s: %v, want it to fit: %v", test.n, test.typ, test.value, err, test.fits)
		}
	}
}

func TestARowMayNotGrowBeyond8060Bytes(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	definitions, values := columns(305, "nvarchar(50)", "N'more than twelve characters'")
	for _, batch := range []string{"CREATE TABLE dbo.t (id int, " + definitions + ") WITH (HEAP)", "INSERT INTO dbo.t SELECT 1, " + values, "ALTER TABLE dbo.t ADD a decimal(38,0) NULL, b nvarchar(50) NULL, c nvarchar(50) NULL, d nvarchar(50) NULL"} {
		if _, err := s.Query(batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, batch := range []string{
		"UPDATE dbo.t SET b = N'more than twelve characters', c = N'more than twelve characters', d = N'more than twelve characters'",
		"INSERT INTO dbo.t SELECT 2, " + values + ", 1, N'more than twelve characters', N'more than twelve characters', N'more than twelve characters'",
		"ALTER TABLE dbo.t ALTER COLUMN id char(200) NULL",
		"CREATE TABLE dbo.u WITH (HEAP, DISTRIBUTION = ROUND_ROBIN) AS SELECT *, N'more than twelve characters' AS x, N'more than twelve characters' AS y, N'more than twelve characters' AS z FROM dbo.t",
	} {
		if _, err := s.Query(batch); numberIn(err) != 511 {
			t.Errorf("%.60s…: %v, want error 511", batch, err)
		}
	}
	wantText(t, s, "SELECT id, b FROM dbo.t", "1,NULL")
	if _, err := s.Query("ALTER TABLE dbo.t DROP COLUMN c0; ALTER TABLE dbo.t ALTER COLUMN c1 nvarchar(60) NULL; UPDATE dbo.t SET b = N'x'"); err != nil {
		t.Error(err)
	}
	wantText(t, s, "SELECT id, b FROM dbo.t", "1,x")
}
