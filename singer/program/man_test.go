package program

import "testing"

func TestRoffHasNoRequestsAndNoEscapesOfTheText(t *testing.T) {
	t.Parallel()
	if got, want := roff(`.a\b-c'd`), `\&.a\eb\-c\(aqd`; got != want {
		t.Errorf("roff = %s, want %s", got, want)
	}
}
