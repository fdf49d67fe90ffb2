// What comes over the bus.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	topic       = "casino.payments"
	deadTopic   = "casino.payments.dead"
	maxBodySize = 64 << 10
)

// Headers between the services.
const (
	headerTrace   = "sentry-trace"
	headerBaggage = "baggage"
	headerFault   = "x-casino-fault"
)

// message is one of the bus, whichever bus it is.
type message struct {
	key     string
	value   []byte
	headers map[string]string
	// when it was put on the bus
	at time.Time
}

// event is what payment says in it.
type event struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	At          time.Time `json:"at"`
	Player      string    `json:"player"`
	Market      string    `json:"market"`
	PaymentID   string    `json:"payment_id"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	Method      string    `json:"method"`
	Reason      string    `json:"reason"`
}

// sent is when the player could have known first: buses differ in how exactly they note it, and a message may have waited for one.
func (e event) sent(onBus time.Time) time.Time {
	if e.At.IsZero() {
		return onBus
	}
	return e.At
}

// malformedError is what no repetition makes better.
type malformedError struct{ cause error }

func (e *malformedError) Error() string { return "malformed message: " + e.cause.Error() }

func (e *malformedError) Unwrap() error { return e.cause }

func decode(value []byte) (event, error) {
	var result event
	if len(value) > maxBodySize {
		return result, &malformedError{fmt.Errorf("%d bytes are too many", len(value))}
	}
	if err := json.Unmarshal(value, &result); err != nil {
		return result, &malformedError{err}
	}
	if result.ID == "" || result.Type == "" || result.Player == "" {
		return result, &malformedError{errors.New("id, type and player are needed")}
	}
	return result, nil
}
