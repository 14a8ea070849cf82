contract Records {
    function main(string memory text) public rr rphash {
        count(text) rr;
        count(text)[rwr];
    }

    function rr rphash paper() public {}

    function count(string memory text) public {}
}
