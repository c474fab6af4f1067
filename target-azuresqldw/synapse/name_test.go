package synapse

import (
	"strings"
	"testing"
	"unicode/utf8"

	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

func TestQuoteClosesOnlyAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"users": "[users]", "select": "[select]", "a]b": "[a]]b]", "]": "[]]]", "a b'c\"": "[a b'c\"]", "": "[]", "ü😀": "[ü😀]",
	} {
		if got := Quote(name); got != want {
			t.Errorf("Quote(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestLiteralIsCutBeforeItIsTooLongForNvarchar(t *testing.T) {
	t.Parallel()
	const cast = " AS nvarchar(max))" // each piece is: nvarchar(4000) + nvarchar(4000) is cut at 4,000
	long := strings.Repeat("a", 3999) + "😀" + strings.Repeat("'", 4001)
	want := "(CAST(N'" + strings.Repeat("a", 3999) + "'" + cast +
		" + (CAST(N'😀" + strings.Repeat("''", 3998) + "'" + cast + " + CAST(N'" + strings.Repeat("''", 3) + "'" + cast + "))"
	for text, literal := range map[string]string{
		"":                        "N''",
		"it's":                    "N'it''s'",
		strings.Repeat("x", 4000): "N'" + strings.Repeat("x", 4000) + "'",
		strings.Repeat("ü", 4000): "N'" + strings.Repeat("ü", 4000) + "'",
		strings.Repeat("😀", 2001): "(CAST(N'" + strings.Repeat("😀", 2000) + "'" + cast + " + CAST(N'😀'" + cast + ")",
		long:                      want,
	} {
		if got := Literal(text); got != literal {
			t.Errorf("Literal of %d bytes = %.60q…, want %.60q…", len(text), got, literal)
		}
	}
}

func FuzzLiteralIsOneExpression(f *testing.F) {
	f.Add("it's", 1)
	f.Add("😀'\\", 5000)
	f.Fuzz(func(t *testing.T, text string, times int) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Skip()
		}
		text = strings.Repeat(text, max(0, times%3000))
		statements, err := tsql.Parse("SELECT " + Literal(text) + " AS [x]")
		if err != nil || len(statements) != 1 {
			t.Fatalf("Literal(%q) is no expression: %v", text, err)
		}
	})
}

func TestShortenKeepsLongNamesApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 127)
	a, b := Shorten(long+"xa", MaxNameUnits), Shorten(long+"xb", MaxNameUnits)
	if a == b || utf16Len(a) != MaxNameUnits || utf16Len(b) != MaxNameUnits {
		t.Errorf("Shorten gives %q and %q", a, b)
	}
	if got := Shorten(long+"x", MaxNameUnits); got != long+"x" {
		t.Errorf("Shorten changes a name that fits: %q", got)
	}
	if got := Shorten(strings.Repeat("😀", 65), MaxNameUnits); utf16Len(got) > MaxNameUnits || !utf8.ValidString(got) {
		t.Errorf("Shorten(emoji) = %q, %d units", got, utf16Len(got))
	}
}

func TestAStagingNameTellsWhoseItIs(t *testing.T) {
	t.Parallel()
	const mark = "0123456789abcdef0123456789abcdef"
	name := StagingName(mark, 1763900000123456789, 12, strings.Repeat("conversation_parts__", 9))
	if utf16Len(name) > MaxNameUnits {
		t.Errorf("staging name %q is too long", name)
	}
	if fence, ok := StagingFence(name, mark); !ok || fence != 1763900000123456789 {
		t.Errorf("StagingFence(%q) = %d, %v", name, fence, ok)
	}
	for _, other := range []string{"users", "_sdc_stg_", "_sdc_stg_" + mark, "_sdc_stg_" + mark + "_", "_sdc_stg_" + mark + "_12", "_sdc_stg_" + mark + "_x_1_users",
		"_sdc_stg_0023456789abcdef0123456789abcdef_12_1_users", "_sdc_stg_1_x", "_sdc_stg_1763900000_a1b2_12_users"} {
		if _, ok := StagingFence(other, mark); ok {
			t.Errorf("StagingFence(%q) takes it for ours", other)
		}
	}
}
