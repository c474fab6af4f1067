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
	for _, want := range []string{"plain", "with space", "Foo::Bar", "5x", "select", "a.b", "né", "emoji 🎉", "brack]et"} {
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
		if foldName(x) == foldName(y) {
			t.Fatalf("%q and %q became %q and %q", a, b, x, y)
		}
		for _, name := range []string{x, y} {
			if n := utf16Length(name); n == 0 || n > maxName || !utf8.ValidString(name) {
				t.Fatalf("name %q has %d units", name, n)
			}
		}
	})
}
