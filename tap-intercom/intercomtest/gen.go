package intercomtest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// A gen makes up one thing of a fresh workspace. Each thing has its own, made
// of the seed, its family and its number, so that it is the same however many
// others there are.
type gen struct{ *rand.Rand }

func newGen(seed uint64, family string, i int) gen {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d", family, i)
	return gen{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func pick[T any](g gen, of []T) T { return of[g.IntN(len(of))] }

// one tells whether a chance of one in n came out.
func (g gen) one(n int) bool { return g.IntN(n) == 0 }

// hex makes an id of n hexadecimal digits.
func (g gen) hex(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x", g.Uint64())
	}
	return b.String()[:n]
}

// objectID makes an id as contacts and companies have it.
func (g gen) objectID() string { return "6" + g.hex(23) }

func (g gen) uuid() string {
	h := g.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// between gives a second in [from, to).
func (g gen) between(from, to int64) int64 {
	if to <= from {
		return from
	}
	return from + g.Int64N(to-from)
}

// history gives two seconds of the two years before Epoch, in order. One in
// twelve updates falls together with others: mass updates put more rows into
// one second than a page holds.
func (g gen) history(i int) (created, updated int64) {
	end := Epoch.Unix()
	created = g.between(end-730*86400, end-86400)
	updated = g.between(created, end)
	if mass := end - 40*86400 + 61; i%12 == 5 && created <= mass {
		updated = mass
	}
	return created, updated
}

var (
	givenNames = []string{
		"Ada", "Bao", "Chiara", "Dagný", "Emeka", "Farida", "Grzegorz", "Hana", "Ioana", "Jürgen", "Kofi", "Léa",
		"Mårten", "Nadia", "Oisín", "Pilar", "Quynh", "Rāma", "Søren", "Tomáš", "Ute", "Vasil", "Wanjiru", "Ximena",
		"Yūko", "Zoë", "李娜", "Дмитро", "مريم", "D'Arcy",
	}
	familyNames = []string{
		"Abernathy", "Björk", "Castellanos", "Dvořák", "Eze", "Fitzwilliam", "García-Núñez", "Håkansson", "Ivanova",
		"Jóhannsdóttir", "Kowalczyk", "L'Estrange", "Müller", "Nguyễn", "O'Brien", "Peña", "Quispe", "Rossi",
		"Šimić", "Tanaka", "Ünal", "van der Berg", "Wójcik", "Yılmaz", "Žukauskas", "王", "Smith \"Smitty\"",
	}
	companyWords = []string{
		"Alder", "Basalt", "Cobalt", "Drift", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Kestrel",
		"Lumen", "Meridian", "Nimbus", "Orchard", "Pylon", "Quarry", "Rivet", "Saffron", "Thistle", "Umber", "Vellum",
	}
	companyForms = []string{"Labs", "GmbH & Co. KG", "Ltd", "S.r.l.", "A/S", "Inc.", "Oy", "<b>Group</b>", "株式会社", "\"Partners\""}
	industries   = []string{"Software", "Logistics", "Food & drink", "Education", "Health", "Travel", "", "Énergie"}
	cities       = [][2]string{{"Ireland", "Dublin"}, {"Brazil", "São Paulo"}, {"Japan", "Kyōto"}, {"Iceland", "Reykjavík"}, {"Kenya", "Nairobi"}, {"Canada", "Québec"}}
	subjects     = []string{
		"invoice", "export", "login", "webhook", "seat", "refund", "report", "import", "invitation", "plan", "API key", "dashboard",
	}
	openings = []string{
		"I cannot find the %s", "The %s shows yesterday's figures", "How do I change our %s?", "Our %s fails with \"error 42\"",
		"Thank you, the %s works again", "Could you resend the %s, please", "Is the %s included in our plan?", "We were charged twice for the %s",
		"Der %s ist verschwunden – wo finde ich ihn?", "Le %s n'arrive pas", "%s が見つかりません",
	}
	// trimmings are what loaders fall over.
	trimmings = []string{
		"", "", "", " 👍🏽", " 👩‍👩‍👧‍👦", "\r\nSent from my phone", "\n\nBest,\n\t--\n", " \"quoted\", 'single' and \\backslash\\", " a,b;c|d", " naïve café",
		" \u202Eright to left\u202C", " \u2028line separator", " 100% <not a tag> &amp; &", " '; DROP TABLE contacts;--", " 𝒳 𐍈", " =1+1", "  trailing  ", " \u00a0nbsp",
	}
)

func (g gen) person() (name, email string) {
	given, family := pick(g, givenNames), pick(g, familyNames)
	return given + " " + family, fmt.Sprintf("%s%d@%s.example", asciiOf(given), g.IntN(9000)+1000, strings.ToLower(pick(g, companyWords)))
}

// asciiOf keeps what may stand in an address.
func asciiOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return strings.ToLower("p" + s)
}

func (g gen) company() string { return pick(g, companyWords) + " " + pick(g, companyForms) }

// sentence makes a line of plain text.
func (g gen) sentence() string {
	return fmt.Sprintf(pick(g, openings), pick(g, subjects)) + pick(g, trimmings)
}

var htmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// body makes the HTML of a message: mostly a few lines, now and then a long
// mail.
func (g gen) body() string {
	n := 1 + g.IntN(3)
	if g.one(40) {
		n = 60 // beyond 4,000 characters
	}
	var b strings.Builder
	for range n {
		b.WriteString("<p>" + htmlEscape.Replace(g.sentence()) + "</p>")
	}
	return b.String()
}

// maybe gives v, or null one time in n.
func maybe(g gen, n int, v any) any {
	if g.one(n) {
		return nil
	}
	return v
}

func unixTime(s string) int64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic("intercomtest: " + err.Error())
	}
	return t.Unix()
}
