package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	logOutput = io.Discard
	os.Exit(m.Run())
}

// list is a bus of a few messages.
type list struct {
	deliveries []*delivery
	failures   int
	done, dead []string
	stop       context.CancelFunc
}

func (l *list) system() string { return "test" }
func (l *list) ready() bool    { return true }
func (l *list) close()         {}

func (l *list) next(context.Context) (*delivery, error) {
	if l.failures > 0 {
		l.failures--
		return nil, errors.New("the broker is away")
	}
	if len(l.deliveries) == 0 {
		l.stop()
		return nil, context.Canceled
	}
	got := l.deliveries[0]
	l.deliveries = l.deliveries[1:]
	return got, nil
}

func (l *list) add(value string, headers map[string]string) {
	l.deliveries = append(l.deliveries, &delivery{
		message: message{key: "p-1", value: []byte(value), headers: headers, at: time.Now()},
		done:    func(context.Context) error { l.done = append(l.done, value); return nil },
		dead:    func(_ context.Context, reason string) error { l.dead = append(l.dead, reason); return nil },
	})
}

func captured(id string) string {
	text, err := json.Marshal(event{ID: id, Type: "deposit.captured", Player: "p-000123", Market: "de", AmountMinor: 1250, Currency: "EUR", At: time.Now()})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// work lets a worker handle all of the list; pauses are counted and take no time.
func work(l *list, send func(notice) error, flags *flags) (pauses []time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	w := &worker{
		source: l, send: send, flags: flags, seen: newSeen(mostSeen), now: time.Now,
		pause: func(_ context.Context, wait time.Duration) { pauses = append(pauses, wait) },
	}
	w.run(ctx)
	return pauses
}

func TestAPlayerIsToldOnceOnEveryChannel(t *testing.T) {
	l := &list{}
	l.add(captured("a"), nil)
	l.add(captured("a"), nil)
	l.add(captured("b"), nil)
	var told []notice
	work(l, func(n notice) error { told = append(told, n); return nil }, newFlags("", ""))
	if len(told) != 4 || len(l.done) != 3 || len(l.dead) != 0 {
		t.Fatalf("told %d, done %d, dead %d", len(told), len(l.done), len(l.dead))
	}
	if told[0].Channel != mail || told[0].To != "p-000123@players.example" || !strings.HasPrefix(told[0].Text, "12.50 EUR") {
		t.Errorf("%+v", told[0])
	}
}

func TestAFailureIsTriedAgainAndThenGivenUp(t *testing.T) {
	for _, c := range []struct {
		failures, told, dead int
	}{{2, 2, 0}, {3, 0, 1}} {
		l := &list{}
		l.add(captured("a"), nil)
		failures, told := c.failures, 0
		pauses := work(l, func(notice) error {
			if failures > 0 {
				failures--
				return errors.New("the disk is full")
			}
			told++
			return nil
		}, newFlags("", ""))
		if told != c.told || len(l.dead) != c.dead || len(l.done) != 1-c.dead {
			t.Errorf("%d failures: told %d, dead %v, done %d", c.failures, told, l.dead, len(l.done))
		}
		if len(pauses) != 2 || pauses[1] != 3*pauses[0] {
			t.Errorf("pauses %v", pauses)
		}
	}
}

func TestAPanicIsOneDeadLetterAndWorkGoesOn(t *testing.T) {
	l := &list{}
	l.add(captured("a"), nil)
	l.add(captured("b"), nil)
	calls := 0
	work(l, func(notice) error {
		calls++
		if calls == 1 {
			panic("no such template")
		}
		return nil
	}, newFlags("", ""))
	if len(l.dead) != 1 || !strings.Contains(l.dead[0], "no such template") || len(l.done) != 1 || calls != 3 {
		t.Fatalf("dead %v, done %d, calls %d", l.dead, len(l.done), calls)
	}
}

func TestWhatCannotBeReadIsADeadLetterAtOnce(t *testing.T) {
	for _, value := range []string{"", "{", `[]`, `{"id":"a","type":"deposit.captured"}`, `"` + strings.Repeat("x", maxBodySize) + `"`} {
		l := &list{}
		l.add(value, nil)
		pauses := work(l, func(notice) error { t.Error("told"); return nil }, newFlags("", ""))
		if len(l.dead) != 1 || len(pauses) != 0 {
			t.Errorf("%.20q: dead %v, pauses %v", value, l.dead, pauses)
		}
	}
}

func TestATypeNobodyNeedsToHearOfIsDone(t *testing.T) {
	l := &list{}
	l.add(`{"id":"a","type":"deposit.opened","player":"p-1"}`, nil)
	work(l, func(notice) error { t.Error("told"); return nil }, newFlags("", ""))
	if len(l.done) != 1 {
		t.Error("not done")
	}
}

func TestABusThatIsAwayIsAskedLessAndLessOften(t *testing.T) {
	l := &list{failures: 10}
	pauses := work(l, func(notice) error { return nil }, newFlags("", ""))
	if len(pauses) != 10 || pauses[0] != firstPause || pauses[9] != longPause {
		t.Errorf("%v", pauses)
	}
}

func TestKafkaLagMakesEachMessageTakeASecond(t *testing.T) {
	flags := flagsOf(t, `{"kafkaLag":{"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":"off"}}`)
	l := &list{}
	l.add(captured("a"), nil)
	l.add(captured("b"), map[string]string{headerFault: "kafkaLag=on"})
	pauses := work(l, func(notice) error { return nil }, flags)
	if len(pauses) != 1 || pauses[0] != slowPause {
		t.Errorf("%v", pauses)
	}
}

func TestStopDoesNotTearTheMessageInHand(t *testing.T) {
	l := &list{}
	l.add(captured("a"), nil)
	told := 0
	work(l, func(notice) error { l.stop(); told++; return nil }, newFlags("", ""))
	if told != 2 || len(l.done) != 1 {
		t.Errorf("told %d, done %d", told, len(l.done))
	}
}

func TestSeenForgetsTheOldest(t *testing.T) {
	s := newSeen(2)
	for _, id := range []string{"a", "b", "b", "c"} {
		s.add(id)
	}
	if s.has("a") || !s.has("b") || !s.has("c") || len(s.known) != 2 {
		t.Errorf("%v", s.known)
	}
}

func TestMoney(t *testing.T) {
	for minor, want := range map[int64]string{5: "0.05 EUR", 1250: "12.50 EUR", -99: "-0.99 EUR"} {
		if got := money(minor, "EUR"); got != want {
			t.Errorf("%d: %s", minor, got)
		}
	}
}
