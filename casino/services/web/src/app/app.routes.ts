// The pages. Each is a chunk of its own.
import type { Routes } from "@angular/router";

export const routes: Routes = [
  {
    path: "",
    pathMatch: "full",
    title: "Lobby",
    loadComponent: () => import("./pages/lobby/lobby.page").then((m) => m.LobbyPage),
  },
  {
    path: "slot",
    title: "Moon Orchard",
    loadComponent: () => import("./pages/slot/slot.page").then((m) => m.SlotPage),
  },
  {
    path: "roulette",
    title: "Roulette",
    loadComponent: () => import("./pages/roulette/roulette.page").then((m) => m.RoulettePage),
  },
  {
    path: "blackjack",
    title: "Blackjack",
    loadComponent: () => import("./pages/blackjack/blackjack.page").then((m) => m.BlackjackPage),
  },
  {
    path: "deposit",
    title: "Deposit",
    loadComponent: () => import("./pages/deposit/deposit.page").then((m) => m.DepositPage),
  },
  {
    path: "withdraw",
    title: "Withdraw",
    loadComponent: () => import("./pages/withdraw/withdraw.page").then((m) => m.WithdrawPage),
  },
  {
    path: "payments",
    title: "My payments",
    loadComponent: () => import("./pages/payments/payments.page").then((m) => m.PaymentsPage),
  },
  {
    path: "payments/:id",
    title: "Payment",
    loadComponent: () => import("./pages/payments/payment.page").then((m) => m.PaymentPage),
  },
  {
    path: "fair",
    title: "Check a round",
    loadComponent: () => import("./pages/fair/fair.page").then((m) => m.FairPage),
  },
  {
    path: "fair/:round",
    title: "Check a round",
    loadComponent: () => import("./pages/fair/fair.page").then((m) => m.FairPage),
  },
  {
    path: "**",
    title: "Not found",
    loadComponent: () => import("./layout/not-found").then((m) => m.NotFound),
  },
];
