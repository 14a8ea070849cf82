abstract contract Records {
    uint256 public total;

    modifier recorded() rr {
        _;
    }

    function nothing() external virtual returns (uint256) rphash;

    function main(string memory text) public rr rphash {
        count(text) rr;
        count(text)[rwr];
        total = (count(text) rr);
        return count(text) rphash;
    }

    function rr rphash paper() public {
        subsol [1] count("") rr;
    }

    function count(string memory text) public {}
}
