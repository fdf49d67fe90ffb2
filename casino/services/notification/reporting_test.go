package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
)

const (
	traceID    = "f16bfd84b8084b90886cead08d1eb6a2"
	parentSpan = "b103725654ef99b1"
)

// kept is a transport that sends nothing.
type kept struct {
	mutex  sync.Mutex
	events []*sentry.Event
}

func (k *kept) Configure(sentry.ClientOptions)        {}
func (k *kept) Flush(time.Duration) bool              { return true }
func (k *kept) FlushWithContext(context.Context) bool { return true }
func (k *kept) Close()                                {}
func (k *kept) SendEvent(event *sentry.Event) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.events = append(k.events, event)
}
func (k *kept) of(kind string) (found []*sentry.Event) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for _, each := range k.events {
		if each.Type == kind {
			found = append(found, each)
		}
	}
	return found
}

// withSDK starts the real SDK for one test.
func withSDK(t *testing.T) *kept {
	t.Helper()
	transport := &kept{}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: "http://key@127.0.0.1:9/1", Transport: transport, EnableTracing: true, TracesSampleRate: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	before := sentry.CurrentHub().Client()
	sentry.CurrentHub().BindClient(client)
	t.Cleanup(func() { sentry.CurrentHub().BindClient(before) })
	return transport
}

func TestTheTraceOfTheSenderGoesOn(t *testing.T) {
	transport := withSDK(t)
	l := &list{}
	l.add(captured("a"), map[string]string{headerTrace: traceID + "-" + parentSpan + "-1"})
	l.add(captured("b"), nil)
	var told []notice
	work(l, func(n notice) error { told = append(told, n); return nil }, newFlags("", ""))
	transactions := transport.of("transaction")
	if len(transactions) != 2 {
		t.Fatalf("%d transactions", len(transactions))
	}
	first := transactions[0]
	trace := first.Contexts["trace"]
	if got := trace["trace_id"].(sentry.TraceID).String(); got != traceID {
		t.Errorf("trace %s", got)
	}
	if got := trace["parent_span_id"].(sentry.SpanID).String(); got != parentSpan {
		t.Errorf("parent %s", got)
	}
	if first.Transaction != "process casino.payments" || len(first.Spans) != 2 || first.Tags["market"] != "de" || first.User.ID != "p-000123" {
		t.Errorf("%q, %d spans, tags %v, user %v", first.Transaction, len(first.Spans), first.Tags, first.User)
	}
	if got := transactions[1].Contexts["trace"]["trace_id"].(sentry.TraceID).String(); got == traceID {
		t.Error("a message without a trace is in that of the one before it")
	}
	if told[0].TraceID != traceID {
		t.Errorf("the notice has trace %s", told[0].TraceID)
	}
}

func TestAPanicIsReportedOnceInItsTrace(t *testing.T) {
	transport := withSDK(t)
	l := &list{}
	l.add(captured("a"), map[string]string{headerTrace: traceID + "-" + parentSpan + "-1"})
	work(l, func(notice) error { panic("no such template") }, newFlags("", ""))
	events := transport.of("")
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	got := events[0]
	if got.Message != "no such template" || got.User.ID != "p-000123" || got.Tags["service"] != "notification" {
		t.Errorf("%q, user %v, tags %v", got.Message, got.User, got.Tags)
	}
	if trace := got.Contexts["trace"]["trace_id"].(sentry.TraceID).String(); trace != traceID {
		t.Errorf("trace %s", trace)
	}
	values := got.Contexts["flags"]["values"].([]map[string]any)
	if len(values) != 1 || values[0]["flag"] != "kafkaLag" || values[0]["result"] != false {
		t.Errorf("flags %v", values)
	}
}

func TestAMessageThatIsGivenUpIsReported(t *testing.T) {
	transport := withSDK(t)
	l := &list{}
	l.add("{", nil)
	work(l, func(notice) error { return nil }, newFlags("", ""))
	if events := transport.of(""); len(events) != 1 || len(events[0].Exception) == 0 {
		t.Errorf("%d events", len(events))
	}
	if transactions := transport.of("transaction"); len(transactions) != 1 || transactions[0].Contexts["trace"]["status"] != sentry.SpanStatusInternalError {
		t.Errorf("%v", transactions)
	}
}
