// What a player is told, and how.

package main

import (
	"fmt"
	"time"
)

type channel string

const (
	mail channel = "mail"
	sms  channel = "sms"
	push channel = "push"
)

// notice is one line of a sink.
type notice struct {
	Time      time.Time `json:"time"`
	Channel   channel   `json:"channel"`
	To        string    `json:"to"`
	Subject   string    `json:"subject,omitempty"`
	Text      string    `json:"text"`
	EventID   string    `json:"event_id"`
	PaymentID string    `json:"payment_id"`
	TraceID   string    `json:"trace_id,omitempty"`
}

type wording struct {
	subject, text string
	channels      []channel
}

// Money that leaves deserves two ways of being told, a refused charge the one that is seen at once.
var wordings = map[string]wording{
	"deposit.captured":   {"Your deposit has arrived", "%s are in your account.", []channel{mail, push}},
	"deposit.failed":     {"Your deposit did not work", "%s were not taken.", []channel{push}},
	"withdrawal.settled": {"Your withdrawal is on its way", "%s have left for your account.", []channel{mail, sms}},
	"withdrawal.failed":  {"Your withdrawal did not work", "%s are back in your account.", []channel{mail, sms}},
	"charge.failed":      {"Your payment was declined", "%s were not charged.", []channel{push}},
}

// compose returns nothing for types that nobody needs to hear of.
func compose(what event, traceID string, now time.Time) []notice {
	words, known := wordings[what.Type]
	if !known {
		return nil
	}
	text := fmt.Sprintf(words.text, money(what.AmountMinor, what.Currency))
	if what.Reason != "" {
		text += " Reason: " + what.Reason + "."
	}
	result := make([]notice, 0, len(words.channels))
	for _, by := range words.channels {
		result = append(result, notice{
			Time: now.UTC(), Channel: by, To: recipient(what.Player, by), Subject: words.subject, Text: text,
			EventID: what.ID, PaymentID: what.PaymentID, TraceID: traceID,
		})
	}
	return result
}

func money(minor int64, currency string) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, minor/100, minor%100, currency)
}

// recipient is an address that cannot exist: the players are synthetic.
func recipient(player string, by channel) string {
	switch by {
	case mail:
		return player + "@players.example"
	case sms:
		return "tel:" + player
	default:
		return "device:" + player
	}
}
