package target

import (
	"testing"
	"testing/synctest"
)

func TestBudgetIsGivenOutUpToItsLimitAndToTheFirstWhateverItNeeds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &budget{limit: 100}
		quit := make(chan struct{})
		if !b.take(60, 0, quit) || !b.take(40, 0, quit) {
			t.Fatal("what fits is not given")
		}
		var got []string
		taken := make(chan struct{})
		go func() {
			b.take(300, 0, quit) // more than there is
			got = append(got, "great")
			taken <- struct{}{}
		}()
		synctest.Wait()
		b.add(-60)
		synctest.Wait()
		if len(got) > 0 {
			t.Fatal("more than the limit is given while others have some")
		}
		b.add(-40)
		<-taken
		if b.used != 300 {
			t.Errorf("%d are used", b.used)
		}
		if !b.take(100, 300, quit) { // the only one there is may have more
			t.Error("refused")
		}
		go func() { taken <- struct{}{}; b.take(1, 0, quit); taken <- struct{}{} }()
		<-taken
		synctest.Wait()
		close(quit)
		<-taken
		if b.take(1, 0, quit) {
			t.Error("given after the end")
		}
	})
}
