// The bus behind one small interface, so that tests need no broker.

package main

import (
	"context"
	"fmt"
	"net/url"
)

// delivery is a message that waits for a word on what became of it.
type delivery struct {
	message
	// done: it need not come again.
	done func(ctx context.Context) error
	// dead: it goes to where somebody looks at what could not be handled.
	dead func(ctx context.Context, reason string) error
}

// source is where messages come from: Kafka, RabbitMQ, a list in tests.
type source interface {
	system() string
	// ready says whether it was ever reached.
	ready() bool
	// next waits for a message. After an error it may be asked again.
	next(ctx context.Context) (*delivery, error)
	close()
}

func openSource(address string) (source, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("CASINO_BUS: %w", err)
	}
	switch parsed.Scheme {
	case "kafka":
		return openKafka(parsed.Host)
	case "amqp":
		return openRabbit(address), nil
	default:
		return nil, fmt.Errorf("CASINO_BUS must begin with kafka:// or amqp://, not %q", parsed.Scheme)
	}
}
