package program

import "testing"

func TestNearestForgivesTyposAndNothingElse(t *testing.T) {
	t.Parallel()
	names := []string{"contacts", "companies", "contact_tags"}
	for got, want := range map[string]string{
		"contact": "contacts", "Contacts": "contacts", "comapnies": "companies", "contact_tag": "contact_tags",
		"tickets": "", "": "",
	} {
		if near := Nearest(got, names); near != want {
			t.Errorf("Nearest(%q) = %q, want %q", got, near, want)
		}
	}
}
