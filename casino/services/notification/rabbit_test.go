package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/rabbitmq/amqp091-go"
)

// TestRabbitMQ wants a server of its own, which CASINO_RABBITMQ names: the queues have fixed names.
func TestRabbitMQ(t *testing.T) {
	address := os.Getenv("CASINO_RABBITMQ")
	if address == "" {
		t.Skip("CASINO_RABBITMQ names no server")
	}
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	outside, err := amqp091.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = outside.Close() }()
	channel, err := outside.Channel()
	if err != nil {
		t.Fatal(err)
	}
	first := openRabbit(address)
	if err := first.connect(); err != nil {
		t.Fatal(err)
	}
	for _, queue := range []string{rabbitQueue, deadTopic} {
		if _, err := channel.QueuePurge(queue, false); err != nil {
			t.Fatal(err)
		}
	}
	trace := "11111111111111111111111111111111-2222222222222222-1"
	for _, value := range []string{"handled", "odd", "left"} {
		message := amqp091.Publishing{
			Headers: amqp091.Table{"sentry-trace": trace, "key": "p-1"}, Body: []byte(value), Timestamp: time.Now(),
		}
		if err := channel.PublishWithContext(ctx, rabbitExchange, topic, false, false, message); err != nil {
			t.Fatal(err)
		}
	}

	handled := take(ctx, t, first, "handled")
	if handled.headers["sentry-trace"] != trace || handled.key != "p-1" || handled.at.IsZero() {
		t.Errorf("the message came with headers %v, key %q, at %v", handled.headers, handled.key, handled.at)
	}
	if err := handled.done(ctx); err != nil {
		t.Error(err)
	}
	if err := take(ctx, t, first, "odd").dead(ctx, "it is odd"); err != nil {
		t.Error(err)
	}
	take(ctx, t, first, "left")
	first.close()

	second := openRabbit(address)
	defer second.close()
	if second.ready() {
		t.Error("the bus was not reached yet, and says that it was")
	}
	// What nobody said a word about comes again; the others are done.
	if err := take(ctx, t, second, "left").done(ctx); err != nil {
		t.Error(err)
	}
	if !second.ready() {
		t.Error("the bus was reached, and says that it was not")
	}
	buried, found, err := channel.Get(deadTopic, true)
	if err != nil || !found || string(buried.Body) != "odd" || buried.Headers["reason"] != "it is odd" {
		t.Errorf("found %v, error %v: %q with %v", found, err, buried.Body, buried.Headers)
	}
	if more, found, err := channel.Get(rabbitQueue, true); err != nil || found {
		t.Errorf("%q is still there, error %v", more.Body, err)
	}
}

func take(ctx context.Context, t *testing.T, from *rabbit, wanted string) *delivery {
	t.Helper()
	got, err := from.next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.value) != wanted {
		t.Fatalf("got %q instead of %q", got.value, wanted)
	}
	return got
}
