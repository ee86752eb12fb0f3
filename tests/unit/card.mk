# unit tests of card
