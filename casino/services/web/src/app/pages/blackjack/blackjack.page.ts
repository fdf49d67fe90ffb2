import { Component } from '@angular/core'; @Component({selector:'x',template:''}) export class BlackjackPage {}
