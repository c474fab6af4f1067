package target

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNamesThatThePoolCannotTellApartAreKeptApart(t *testing.T) {
	t.Parallel()
	s := newNameSet()
	for i, want := range []string{"Id", "id", "ID ", "Ｉd", "", " ", "a😀", "a😎", strings.Repeat("x", 128), strings.Repeat("x", 129), strings.Repeat("x", 130), "tab\tbed", "tab_bed"} {
		owner := "owner " + string(rune('a'+i))
		got := s.claim(want, owner, nil)
		if n := utf16Length(got); n == 0 || n > maxName {
			t.Errorf("claim(%q) = %q, %d units long", want, got, n)
		}
		if again := s.claim(want, owner, nil); again != got {
			t.Errorf("claim(%q) = %q, then %q for the same owner", want, got, again)
		}
	}
	if len(s.taken) != 13 {
		t.Errorf("13 owners have %d names: %q", len(s.taken), s.taken)
	}
	for _, want := range []string{"plain", "with space", "Foo::Bar", "5x", "select", "a.b", "emoji 🎉", "brack]et"} {
		if got := s.claim(want, want, nil); got != want {
			t.Errorf("claim(%q) = %q, want it as it is", want, got)
		}
	}
}

func FuzzNamesAreDistinctAndFit(f *testing.F) {
	f.Add("a", "A")
	f.Add(strings.Repeat("😀", 100), strings.Repeat("😀", 101))
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == b || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		s := newNameSet()
		x, y := s.claim(a, "1"+a, nil), s.claim(b, "2"+b, nil)
		if alike(x) == alike(y) || foldName(x) == foldName(y) {
			t.Fatalf("%q and %q became %q and %q", a, b, x, y)
		}
		if foldName(a) == foldName(b) && alike(a) != alike(b) {
			t.Fatalf("%q and %q are one, but not alike", a, b)
		}
		for _, name := range []string{x, y} {
			if n := utf16Length(name); n == 0 || n > maxName || !utf8.ValidString(name) {
				t.Fatalf("name %q has %d units", name, n)
			}
		}
	})
}

func TestNamesThatMightBeOneToThePoolAreAlike(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"Straße", "STRASSE"}, {"œuvre", "oeuvre"}, {"æon", "Aeon"}, {"þing", "thing"}, {"ǼON", "aeon"}, // dba.stackexchange.com/questions/335859 and others
		{"id", "i\u200bd"}, {"id", "\ufeffid"}, {"id", "i\u00add"}, {"id", "id\u2060 "}, {"id", "i\u034fd"}, // what cannot be seen
		{"a\u04d2", "a"}, {"\u14dea", "a"}, {"a\u3358", "a\u3376"}, {"a😀", "a"}, {"ա\u10d0", "ա"}, // without weight before version 100
		{"ｉｄ", "ID"}, {"カナ", "かな"}, {"ｶﾅ", "かな"}, {"ガ", "か\u3099"}, {"キャ", "きや"}, {"\ufec1", "ط"}, {"\ufec2", "\ufec4"},
		{"é", "e\u0301"}, {"É", "é"}, {"name ", "name"}, {"a\u00a0", "a"}, {"ﬁle", "file"}, {"é", "E"}, {"ä", "a"},
	} {
		if alike(pair[0]) != alike(pair[1]) {
			t.Errorf("%q is not alike %q: %q, %q", pair[0], pair[1], alike(pair[0]), alike(pair[1]))
		}
		s := newNameSet()
		if x, y := s.claim(pair[0], "1", nil), s.claim(pair[1], "2", nil); y == pair[1] || alike(x) == alike(y) {
			t.Errorf("%q and %q became %q and %q", pair[0], pair[1], x, y)
		}
	}
	for _, pair := range [][2]string{{"ab", "a_b"}, {"ae", "ä"}, {"имя", "имени"}, {"日", "月"}, {"한", "글"}, {"a", "a°"}, {"ε", "e"}} {
		if alike(pair[0]) == alike(pair[1]) {
			t.Errorf("%q is alike %q", pair[0], pair[1])
		}
	}
}
